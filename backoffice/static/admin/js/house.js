/* What makes the back office faster; nothing here is needed to use it. */
"use strict";
