"""Appeals: requests for help, and the only links that readers may be shown."""
