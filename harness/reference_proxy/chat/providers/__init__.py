"""Who answers: Workers AI, an OpenAI-compatible API, or Anthropic's Messages, all told apart by the model's name.

    choosing ► attempted (asks), anthropic (a dialect) ► provider

The one rule: every provider gives the same chunks (OpenAI's), and ends them only when its answer is whole.
"""
