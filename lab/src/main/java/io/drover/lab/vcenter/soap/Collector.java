// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimAny;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimEnum;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A property collector of one session: its filters, and what each version has told of their
 * objects. Versions count up; the last and the one before it are remembered, so an answer that got
 * lost can be asked for again; any other version is invalid.
 */
final class Collector implements Managed {
  private static final int DEFAULT_PAGE = 500;

  /** A filter with its place in the answers. */
  record Filter(Moref ref, FilterSpec spec, boolean partialUpdates) {}

  private record Told(long version, Map<String, Object> values) {}

  private record State(int number, Map<Moref, Map<Moref, Told>> told) {}

  private final Moref ref;
  private final LabEstate estate;
  private final Function<Moref, @Nullable Managed> find;
  private final List<Filter> filters = new ArrayList<>();
  private State current = new State(0, Map.of());
  private @Nullable State before;
  private int nextNumber = 1;
  private int nextFilter = 1;
  private int cancels;
  private boolean destroyed;

  Collector(Moref ref, LabEstate estate, Function<Moref, @Nullable Managed> find) {
    this.ref = ref;
    this.estate = estate;
    this.find = find;
  }

  Moref createFilter(FilterSpec spec, boolean partialUpdates, String idPrefix) {
    return estate.locked(() -> {
      spec.check(find);
      Filter filter =
          new Filter(
              new Moref("PropertyFilter", idPrefix + "filter-" + nextFilter++),
              spec,
              partialUpdates);
      filters.add(filter);
      estate.wake();
      return filter.ref();
    });
  }

  /** Destroys a filter; false if it is none of this collector. */
  boolean destroyFilter(Moref filter) {
    return estate.locked(() -> filters.removeIf(f -> f.ref().equals(filter)));
  }

  void destroy() {
    estate.locked(() -> {
      destroyed = true;
      estate.wake();
    });
  }

  void cancelWait() {
    estate.locked(() -> {
      cancels++;
      estate.wake();
    });
  }

  /**
   * WaitForUpdatesEx.
   *
   * @param version what the caller has seen; empty for nothing
   * @param atMost how long to wait for a change
   * @param page most objects in the answer, or null for the server's choice
   * @param alive whether the caller's session still is
   * @return an UpdateSet, or null when nothing changed in time
   */
  @Nullable VimObject waitForUpdates(
      String version, Duration atMost, @Nullable Integer page, BooleanSupplier alive) {
    return estate.locked(
        () -> waitLocked(version, atMost, page == null ? DEFAULT_PAGE : page, alive));
  }

  private @Nullable VimObject waitLocked(
      String version, Duration atMost, int page, BooleanSupplier alive) {
    if (page < 1) {
      throw VimFault.invalidArgument(
          "options.maxObjectUpdates", "Expected at least 1, but got " + page + ".");
    }
    State base = base(version);
    int cancelsBefore = cancels;
    long deadline = System.nanoTime() + atMost.toNanos();
    while (true) {
      if (!alive.getAsBoolean()) {
        throw VimFault.of("NotAuthenticated", "The session is not authenticated.");
      }
      if (destroyed) {
        throw VimFault.notFound(ref);
      }
      if (cancels != cancelsBefore) {
        throw VimFault.of("RequestCanceled", "The task was canceled by a user.");
      }
      long seen = estate.clock();
      VimObject updates = diff(base, page);
      if (updates != null) {
        return updates;
      }
      long left = deadline - System.nanoTime();
      try {
        if (left <= 0
            || (!estate.awaitTick(seen, Duration.ofNanos(left)) && System.nanoTime() >= deadline)) {
          return null;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw VimFault.of("RequestCanceled", "The server is stopping.");
      }
    }
  }

  private State base(String version) {
    if (version.isEmpty()) {
      return new State(0, Map.of());
    }
    if (version.equals(String.valueOf(current.number())) && current.number() > 0) {
      return current;
    }
    State previous = before;
    if (previous != null && version.equals(String.valueOf(previous.number()))) {
      return previous;
    }
    throw VimFault.of(
        "InvalidCollectorVersion", "The collector does not know version " + version + ".");
  }

  private @Nullable VimObject diff(State base, int page) {
    Map<Moref, Map<Moref, Told>> told = new HashMap<>();
    List<VimObject> filterUpdates = new ArrayList<>();
    int room = page;
    boolean truncated = false;
    for (Filter filter : filters) {
      Map<Moref, Told> known =
          new LinkedHashMap<>(base.told().getOrDefault(filter.ref(), Map.of()));
      List<VimObject> updates = new ArrayList<>();
      Map<Moref, Managed> now = new LinkedHashMap<>();
      for (Managed object : select(filter)) {
        now.put(object.ref(), object);
      }
      for (Map.Entry<Moref, Managed> entry : now.entrySet()) {
        Managed object = entry.getValue();
        Told last = known.get(entry.getKey());
        if (last != null && last.version() == object.version()) {
          continue;
        }
        Told fresh = new Told(object.version(), filter.spec().values(object));
        VimObject update = update(filter, object.ref(), last, fresh);
        if (update != null && room == 0) {
          truncated = true;
          break;
        }
        known.put(entry.getKey(), fresh);
        if (update != null) {
          updates.add(update);
          room--;
        }
      }
      for (Moref gone : List.copyOf(known.keySet())) {
        if (now.containsKey(gone)) {
          continue;
        }
        if (room == 0) {
          truncated = true;
          break;
        }
        known.remove(gone);
        updates.add(
            VimObject.of("ObjectUpdate")
                .with("kind", new VimEnum("ObjectUpdateKind", "leave"))
                .with("obj", gone));
        room--;
      }
      told.put(filter.ref(), known);
      if (!updates.isEmpty()) {
        filterUpdates.add(
            VimObject.of("PropertyFilterUpdate")
                .with("filter", filter.ref())
                .with("objectSet", VimArray.of("ObjectUpdate", updates)));
      }
    }
    if (filterUpdates.isEmpty()) {
      return null;
    }
    before = base.number() == 0 ? null : base;
    current = new State(nextNumber++, told);
    return VimObject.of("UpdateSet")
        .with("version", String.valueOf(current.number()))
        .with("filterSet", VimArray.of("PropertyFilterUpdate", filterUpdates))
        .with("truncated", truncated ? (Object) true : null);
  }

  private List<Managed> select(Filter filter) {
    try {
      return filter.spec().objects(find);
    } catch (VimFault fault) {
      if (fault.type().equals("ManagedObjectNotFound")) {
        // what the filter began at is gone, so everything it showed leaves
        return List.of();
      }
      throw fault;
    }
  }

  private static @Nullable VimObject update(
      Filter filter, Moref object, @Nullable Told last, Told fresh) {
    List<VimObject> changes = new ArrayList<>();
    if (last == null) {
      fresh.values().forEach((path, value) -> changes.add(change(path, value)));
    } else {
      Set<String> paths = new TreeSet<>(fresh.values().keySet());
      paths.addAll(last.values().keySet());
      for (String path : paths) {
        Object was = last.values().get(path);
        Object is = fresh.values().get(path);
        if (!Objects.equals(was, is)) {
          changes(path, was, is, filter.partialUpdates(), changes);
        }
      }
      if (changes.isEmpty()) {
        return null;
      }
    }
    return VimObject.of("ObjectUpdate")
        .with("kind", new VimEnum("ObjectUpdateKind", last == null ? "enter" : "modify"))
        .with("obj", object)
        .with("changeSet", VimArray.of("PropertyChange", changes));
  }

  private static void changes(
      String path,
      @Nullable Object was,
      @Nullable Object is,
      boolean partial,
      List<VimObject> changes) {
    if (partial
        && was instanceof VimObject old
        && is instanceof VimObject now
        && old.type().equals(now.type())) {
      Set<String> fields = new TreeSet<>(now.fields().keySet());
      fields.addAll(old.fields().keySet());
      for (String field : fields) {
        if (!Objects.equals(old.get(field), now.get(field))) {
          changes(path + "." + field, old.get(field), now.get(field), true, changes);
        }
      }
      return;
    }
    changes.add(change(path, is));
  }

  private static VimObject change(String path, @Nullable Object value) {
    return VimObject.of("PropertyChange")
        .with("name", path)
        .with("op", new VimEnum("PropertyChangeOp", "assign"))
        .with("val", value == null ? null : value instanceof VimAny ? value : new VimAny(value));
  }

  @Override
  public Moref ref() {
    return ref;
  }

  @Override
  public long version() {
    return estate.clock();
  }

  @Override
  public List<String> propertyNames() {
    return List.of("filter");
  }

  @Override
  public @Nullable Object property(String name) {
    return name.equals("filter") ? VimArray.refs(filters.stream().map(Filter::ref).toList()) : null;
  }
}
