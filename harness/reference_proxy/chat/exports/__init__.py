"""A conversation as a file: Markdown, JSON, PDF.

    exporting ► markdown, pdf ► labels

The one rule: an answer that is not whole says so in every form.
"""
