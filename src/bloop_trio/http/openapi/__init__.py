"""The API as documents: OpenAPI 3.1, a readable page, and the reference, all made from the routes themselves.

`fields` and `schemas` turn classes into JSON Schema, `document` puts the routes around it. `page` and `reference` show
such a document as HTML and as Markdown, and `routes` serves it. The words that no route can say stand in `guide.md`.
"""
