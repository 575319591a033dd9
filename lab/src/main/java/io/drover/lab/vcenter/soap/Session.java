// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A login: who, since when, and the collectors and views that live as long as it. */
final class Session {
  private static final Moref DEFAULT_COLLECTOR =
      new Moref("PropertyCollector", "propertyCollector");

  private final LabEstate estate;
  private final LabUser user;
  private final String key = UUID.randomUUID().toString();
  private final String cookie = UUID.randomUUID().toString().replace("-", "");
  private final Instant loginTime = Instant.now();
  private final String client;
  private final Map<Moref, Managed> objects = new ConcurrentHashMap<>();
  private final AtomicInteger busy = new AtomicInteger();
  private volatile long lastActive = System.nanoTime();
  private volatile boolean ended;

  Session(LabEstate estate, LabUser user, String client) {
    this.estate = estate;
    this.user = user;
    this.client = client;
    put(new Collector(DEFAULT_COLLECTOR, estate, this::find));
  }

  LabUser user() {
    return user;
  }

  String key() {
    return key;
  }

  /** The secret that the client sends back; never shown to others. */
  String cookie() {
    return cookie;
  }

  boolean alive() {
    return !ended;
  }

  void end() {
    ended = true;
    estate.wake();
  }

  void enter() {
    busy.incrementAndGet();
    lastActive = System.nanoTime();
  }

  void leave() {
    lastActive = System.nanoTime();
    busy.decrementAndGet();
  }

  boolean idleFor(long nanos) {
    return busy.get() == 0 && System.nanoTime() - lastActive > nanos;
  }

  /** A fresh reference of an object that only this session sees. */
  Moref newRef(String type) {
    return new Moref(type, "session[" + key + "]" + UUID.randomUUID());
  }

  void put(Managed object) {
    objects.put(object.ref(), object);
  }

  @Nullable Managed remove(Moref ref) {
    Managed gone = objects.remove(ref);
    estate.wake();
    return gone;
  }

  /** An object of this session or of the estate. */
  @Nullable Managed find(Moref ref) {
    Managed own = objects.get(ref);
    return own == null ? estate.find(ref) : own;
  }

  Collector collector(Moref ref) {
    if (objects.get(ref) instanceof Collector collector) {
      return collector;
    }
    throw VimFault.notFound(ref);
  }

  /** The collector that holds the filter. */
  boolean destroyFilter(Moref filter) {
    boolean found = false;
    for (Managed each : objects.values()) {
      found |= each instanceof Collector collector && collector.destroyFilter(filter);
    }
    return found;
  }

  VimObject info() {
    return VimObject.of("UserSession")
        .with("key", key)
        .with("userName", user.name())
        .with("fullName", user.name())
        .with("loginTime", loginTime)
        .with("lastActiveTime", Instant.now().minusNanos(System.nanoTime() - lastActive))
        .with("locale", "en")
        .with("messageLocale", "en")
        .with("extensionSession", false)
        .with("ipAddress", client)
        .with("userAgent", "")
        .with("callCount", 0L);
  }
}
