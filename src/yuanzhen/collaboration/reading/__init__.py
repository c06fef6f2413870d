"""Reading pictures together: what invited experts mark, secret until the opinion is signed, then a report."""
