"""The only words that the stages share."""
