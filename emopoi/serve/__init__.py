"""The app: a server for this machine, its jobs, and what the page that runs on the device needs."""
