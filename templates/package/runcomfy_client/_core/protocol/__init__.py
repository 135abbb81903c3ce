"""The API's calls and answers as values: what is sent, and what an answer means. No I/O."""
