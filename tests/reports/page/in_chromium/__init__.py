"""The page of a report in a real browser, which all of these tests share."""
