"""How Sphinx builds the site: https://www.sphinx-doc.org/en/master/usage/configuration.html."""

import edgeproof

project = "edgeproof"
version = release = edgeproof.__version__
extensions = ["myst_parser"]
myst_heading_anchors = 4
suppress_warnings = ["myst.xref_missing"]  # it knows no anchor in HTML; the built pages are checked instead
highlight_language = "none"
smartquotes = False  # two hyphens begin a flag

html_theme = "furo"
html_title = f"edgeproof {release}"
html_static_path = ["static"]
html_css_files = ["edgeproof.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_use_index = False
html_domain_indices = False
html_show_search_summary = False  # it would fetch pages, which a browser refuses where a site is opened from a disk
