"""Makes the description of the API in OpenAPI 3.1 from the declarations of its routes.

Nothing here is imported until somebody asks for it. Open `document.py` first.
"""
