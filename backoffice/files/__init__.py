"""Files people share: a folder that nothing in it and nobody at it can leave.

`storage` is the only door; `jail` resolves paths, `names` and `kinds` say what may lie there, `previews` makes small
pictures of big ones, `errors` holds the refusals. Pure domain code: no request, no database.
"""
