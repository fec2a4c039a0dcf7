"""What a client asked, held against what upstream was asked: values, parameters, messages."""
