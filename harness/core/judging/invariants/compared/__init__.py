"""What went in against what came out: requests and answers, field by field, and what must stay apart."""
