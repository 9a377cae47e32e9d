"""The alumina refinery: the Bayer circuit from physics."""
