# SPDX-License-Identifier: LGPL-2.1-or-later
"""functools for coroutine functions: cache and lru_cache that call the function once for tasks that ask at the same time, and reduce."""

import collections
import functools
import inspect
import math

from . import lowlevel
from ._lock import Lock
from ._scopes import now

AsyncCacheInfo = collections.namedtuple("AsyncCacheInfo", "hits misses maxsize currsize ttl")

_MISSING = object()


class _Cache:
    """The results of one function in one run."""

    def __init__(self):
        self.hits = 0
        self.misses = 0
        self.entries = collections.OrderedDict()  # to (value, when it is too old)
        self.flights = {}  # to the locks of calls under way


_caches = lowlevel.RunVar("lru_cache")


class AsyncLRUCacheWrapper:
    """A coroutine function whose results are kept, for each run of the event loop."""

    def __init__(self, func, maxsize, typed, always_checkpoint, ttl):
        self.__wrapped__ = func
        self._maxsize = maxsize
        self._typed = typed
        self._always_checkpoint = always_checkpoint
        self._ttl = ttl
        functools.update_wrapper(self, func)

    def cache_info(self):
        cache = self._get_cache()
        return AsyncCacheInfo(cache.hits, cache.misses, self._maxsize, len(cache.entries), self._ttl)

    def cache_parameters(self):
        return {"maxsize": self._maxsize, "typed": self._typed, "always_checkpoint": self._always_checkpoint, "ttl": self._ttl}

    def cache_clear(self):
        _caches.get({}).pop(self, None)

    def _get_cache(self):
        caches = _caches.get(None)
        if caches is None:
            caches = {}
            _caches.set(caches)
        cache = caches.get(self)
        if cache is None:
            cache = caches[self] = _Cache()
        return cache

    def _make_key(self, args, kwargs):
        key = args, tuple(kwargs.items())
        if self._typed:
            key += tuple(type(value) for value in args), tuple(type(value) for value in kwargs.values())
        return key

    def _get(self, cache, key):
        entry = cache.entries.get(key)
        if entry is None:
            return _MISSING
        if entry[1] <= now():
            del cache.entries[key]
            return _MISSING
        cache.hits += 1
        cache.entries.move_to_end(key)
        return entry[0]

    async def __call__(self, *args, **kwargs):
        cache = self._get_cache()
        if self._maxsize == 0:
            cache.misses += 1
            return await self.__wrapped__(*args, **kwargs)
        key = self._make_key(args, kwargs)
        value = self._get(cache, key)
        if value is not _MISSING:
            if self._always_checkpoint:
                await lowlevel.checkpoint()
            return value

        flight = cache.flights.get(key)
        if flight is None:
            flight = cache.flights[key] = [Lock(), 0]
        flight[1] += 1
        try:
            async with flight[0]:
                value = self._get(cache, key)
                if value is _MISSING:
                    cache.misses += 1
                    value = await self.__wrapped__(*args, **kwargs)
                    self._put(cache, key, value)
                return value
        finally:
            flight[1] -= 1
            if not flight[1]:
                del cache.flights[key]

    def _put(self, cache, key, value):
        cache.entries[key] = value, now() + self._ttl if self._ttl is not None else math.inf
        if self._maxsize is not None and len(cache.entries) > self._maxsize:
            cache.entries.popitem(last=False)

    def __get__(self, instance, owner=None):
        return self if instance is None else functools.partial(self, instance)


def lru_cache(func=None, /, *, maxsize=128, typed=False, always_checkpoint=False, ttl=None):
    """Keeps the results of a coroutine function, the last maxsize of them (None: all), for ttl seconds each (None: for ever).

    Tasks that ask for the same at the same time wait for one call. Failures are not kept. Other functions get the lru_cache of the standard library.
    """
    if func is None:
        return lambda func: lru_cache(func, maxsize=maxsize, typed=typed, always_checkpoint=always_checkpoint, ttl=ttl)
    if not callable(func):
        raise TypeError("the first argument must be callable")
    if not inspect.iscoroutinefunction(func):
        return functools.lru_cache(maxsize=maxsize, typed=typed)(func)
    return AsyncLRUCacheWrapper(func, max(maxsize, 0) if maxsize is not None else None, typed, always_checkpoint, ttl)


def cache(func, /):
    """lru_cache without a limit."""
    return lru_cache(func, maxsize=None)


async def reduce(function, iterable, initial=_MISSING, /):
    """functools.reduce() with a coroutine function; the iterable may be an asynchronous one."""
    await lowlevel.checkpoint()
    value = initial
    if hasattr(iterable, "__aiter__"):
        async for item in iterable:
            value = item if value is _MISSING else await function(value, item)
    else:
        for item in iterable:
            value = item if value is _MISSING else await function(value, item)
    if value is _MISSING:
        raise TypeError("reduce() of empty iterable with no initial value")
    return value
