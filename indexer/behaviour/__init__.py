"""What shoppers did comes in here: read, screened, checked against its token, and logged before it is acknowledged."""
