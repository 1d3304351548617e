"""How likely a text is spam, learned from what people here decided; knows texts and labels, no comments."""
