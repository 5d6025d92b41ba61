"""Our SMTP client: persistent, pipelined connections that tell apart what was refused, accepted and in doubt."""
