"""Files are looked at for viruses: our own ClamAV, where it is installed and has signatures."""
