"""Source maps: from the frames of minified stacks back to the sources."""
