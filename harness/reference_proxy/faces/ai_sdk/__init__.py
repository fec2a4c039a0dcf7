"""Vercel's AI SDK: what its `useChat` sends, and the two streams that it has read so far."""
