
edefault Ò2026-11