"""Reports as documents that stand alone: a page to read and print, a workbook to work with."""
