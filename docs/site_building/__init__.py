"""The documentation as a site: pages gathered, built by Sphinx, and checked for dead links.

The one rule: a page lies in one place, and reads well there without the site. What the site needs besides (navigation,
links from one page to another's new address) is added when it is gathered, never written into a page.
"""
