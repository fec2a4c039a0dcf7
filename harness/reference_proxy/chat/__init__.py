"""A chat service of many tenants on top of the proxy: conversations that are kept, agents, usage, exports.

    mounting ► routes ► turns ► providers, exports ► storage ► identity

A *turn* is one question and its answer. The question is saved before the model is asked, the answer before its end is
told to the client. An answer that did not come to its end is kept as what it is, and never shown as whole.

The one rule: nothing is read or written without saying for whom (`identity.Identity`), and what belongs to somebody
else does not exist. The service is on only where a database is set; otherwise nothing of it is loaded.
"""
