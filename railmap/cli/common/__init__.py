"""What the commands share: messages, option groups, help."""
