"""Real input: events made of the invoices of the UCI *Online Retail* set.

    rows      the importer: the file's lines as they stand, checked against its known sums
    trade     invoices become orders, cancellations become refunds; what is neither is counted
    stable    choices that depend on names alone (no clock, no random numbers)
    org       the declared stores and guides
    customers the declared bindings
    fields    the declared fields of an order: channel, store, seller, brand, category, ...
    touches   the declared touches
    fulfil    the declared shipments, pickups and receipts
    overlay   all of it over the trade of the file
    emit      events of SPEC §3, one line each, in the order in which they arrive
    figures   what was counted, and the proof that it adds up

`python3 -m uci --data FILE --out DIR` runs the whole of it. README.md beside this file says what
is real and what is declared.
"""
