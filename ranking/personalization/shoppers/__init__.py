"""What personalization knows of shoppers: what they did, their profiles, and the segments they fall into."""
