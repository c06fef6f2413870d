"""HL7 version 2: messages, MLLP, acknowledgements; ADT in, ORU out."""
