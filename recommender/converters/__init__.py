"""From public data sets to the files an organisation would bring."""
