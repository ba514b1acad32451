"""Rail-surface images and strips with their labels."""
