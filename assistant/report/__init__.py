"""Reports: an assessment as a document to print or paste into a record.

`content` says what stands in a report, `markdown` and `web_page` how it is written down, `writing` puts it in a file.
"""
