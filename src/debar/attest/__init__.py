"""Verdict -> signed statements, and back: certificates that a vendor signs and a customer can check.

One module a job: `canonical` (the bytes that are signed), `keys`, `dsse`, `core` (what a repeated check must give
again), `certificate` (the predicate), `statements` (in-toto), `declarations` (CycloneDX), `page` (for people),
`verification`, `suppliers` (certificates of suppliers in a check).
"""
