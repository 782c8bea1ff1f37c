"""The stock function with one trick of the tuned one each, to be measured by itself."""
