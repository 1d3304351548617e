"""Files people share: a folder that nothing in it and nobody at it can leave.

`storage` is the only door; `jail` resolves paths, `names` and `kinds` say what may lie there, `pictures` makes small
ones of big ones, `attic` keeps what was deleted or replaced, `steps` and `settling` tell a change so that its end can
be found out, `errors` holds the refusals: all that knows neither requests nor the database. `recording`, `operations`,
`undoing`, `keeping` and `merging` tie it to the trail, the trash and the people.
"""
