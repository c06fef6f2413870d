"""Sound and pictures of people in a room: our own media server (Janus) and relay (coturn), and the verbs over them.

Pure files say what is written to them and what their words mean; `shell/` runs the programs and holds the sockets.
Who may be in a room, and what is sealed, is not known here.
"""
