"""What importing the client costs, as a multiple of importing what it stands on."""
