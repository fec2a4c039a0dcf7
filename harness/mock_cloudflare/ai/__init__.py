"""Workers AI: the catalogue of models and their answers, native and in the OpenAI dialect."""
