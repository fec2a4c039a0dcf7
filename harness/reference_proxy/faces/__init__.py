"""Other APIs that clients may speak, each put into chats on the way in and worded on the way out."""
