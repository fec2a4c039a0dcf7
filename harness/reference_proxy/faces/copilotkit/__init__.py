"""CopilotKit's runtime API in GraphQL (version 1 of its protocol): a mutation whose answer fills in piece by piece.

graphql-core reads, checks and executes what is asked, `@stream` and `@defer` included. What is here is the schema, what
its fields are in terms of chats, and the forms in which CopilotKit's client reads the increments.
"""
