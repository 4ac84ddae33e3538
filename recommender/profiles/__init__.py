"""Who is where, and who is like whom: evidence -> posterior of a learner's profile; segments."""
