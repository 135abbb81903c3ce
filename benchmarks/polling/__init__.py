"""How soon after its end the result of a job is there, and with how many calls, beside fal-client and replicate."""
