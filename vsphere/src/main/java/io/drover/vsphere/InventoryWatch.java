// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.MissingProperty;
import com.vmware.vim25.ObjectUpdate;
import com.vmware.vim25.ObjectUpdateKind;
import com.vmware.vim25.PropertyChange;
import com.vmware.vim25.PropertyChangeOp;
import com.vmware.vim25.PropertyFilterUpdate;
import com.vmware.vim25.UpdateSet;
import com.vmware.vim25.WaitOptions;
import com.vmware.vim25.ws.Argument;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the inventory of one vCenter with one waiting call at a time and no polling. When vCenter
 * has forgotten the place (a restart, an expired session), it reads everything again by itself and
 * reports only what is different, with what is gone. One thread calls {@link #next}; any may look
 * at {@link #view} or {@link #close}.
 */
public final class InventoryWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(InventoryWatch.class);

  /** A server that gathers everything before it answers may take long. */
  private static final Duration FIRST_READING = Duration.ofMinutes(5);

  /**
   * What happened since the last call.
   *
   * @param version vCenter's name for this moment
   * @param truncated whether more is waiting already: while the first reading goes on it stays true
   * @param restarted whether vCenter had forgotten the place and everything is being read again
   * @param changes in the order that vCenter told them, each object once
   */
  public record Batch(
      String version, boolean truncated, boolean restarted, List<ObjectChange> changes) {}

  private final VSphere vsphere;
  private final Inventory.Options options;
  private final Map<String, List<String>> paths;
  private final InventoryView view;
  private final ReentrantLock turn = new ReentrantLock();
  private @Nullable ManagedObjectReference container;
  private volatile @Nullable ManagedObjectReference collector;

  /** Whether the collector knows what to collect: one that does not has nothing to tell, ever. */
  private boolean filtered;

  private String version = "";
  private @Nullable Set<Moref> seenAgain;
  private volatile boolean closed;

  InventoryWatch(VSphere vsphere, Inventory.Options options) {
    this.vsphere = vsphere;
    this.options = options;
    this.paths = Inventory.paths(vsphere.about());
    this.view = new InventoryView(vsphere, options.settings());
  }

  /** All that is known so far; it grows and changes with each {@link #next}. */
  public InventoryView view() {
    return view;
  }

  /**
   * Waits for something to happen.
   *
   * @param maxWait how long; whole seconds, at least one
   * @return what happened, nothing if nothing did
   * @throws VSphereFault when vCenter cannot be asked; calling again goes on where it stopped
   */
  public Batch next(Duration maxWait) {
    turn.lock();
    try {
      try {
        return step(maxWait, false);
      } catch (VSphereFault e) {
        boolean forgotten =
            e.kind() == VSphereFault.Kind.INVALID_COLLECTOR_VERSION
                || e.kind() == VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND
                || e.kind() == VSphereFault.Kind.NOT_AUTHENTICATED;
        if (!forgotten || closed) {
          throw e;
        }
        LOG.info("vCenter forgot the watch ({}); reading the inventory again", e.getMessage());
      }
      startOver();
      return step(maxWait, true);
    } finally {
      turn.unlock();
    }
  }

  private void startOver() {
    release();
    version = "";
    seenAgain = new HashSet<>();
  }

  private ManagedObjectReference ready() {
    if (closed) {
      throw new VSphereFault(VSphereFault.Kind.CANCELLED, "The watch was closed", "");
    }
    ManagedObjectReference existing = collector;
    if (existing != null && filtered) {
      return existing;
    }
    // What an attempt that broke off has left behind.
    release();
    ManagedObjectReference newContainer =
        Inventory.containerView(vsphere, Inventory.TYPES.toArray(String[]::new));
    container = newContainer;
    ManagedObjectReference made =
        vsphere.call(vim -> vim.createPropertyCollector(vsphere.service("propertyCollector")));
    collector = made;
    vsphere.call(
        vim -> vim.createFilter(made, Inventory.filter(newContainer, vsphere.about()), false));
    filtered = true;
    view.attributes();
    return made;
  }

  private Batch step(Duration maxWait, boolean restarted) {
    ManagedObjectReference from = ready();
    WaitOptions wait = new WaitOptions();
    int seconds = (int) Math.clamp(maxWait.toSeconds(), 1, 1800);
    wait.maxWaitSeconds = seconds;
    wait.maxObjectUpdates = options.pageSize();
    VimData answer =
        vsphere.raw(
            "WaitForUpdatesEx",
            Duration.ofSeconds(seconds).plus(version.isEmpty() ? FIRST_READING : Duration.ZERO),
            new Argument("_this", "ManagedObjectReference", from),
            new Argument("version", "String", version),
            new Argument("options", "WaitOptions", wait));
    if (!(VimBinder.result("UpdateSet", answer) instanceof UpdateSet updates)) {
      // Before the first reading, nothing said is not nothing there.
      return new Batch(version, version.isEmpty(), restarted, List.of());
    }
    Changes changes = new Changes();
    if (updates.filterSet != null) {
      for (PropertyFilterUpdate filter : updates.filterSet) {
        if (filter.objectSet != null) {
          for (ObjectUpdate each : filter.objectSet) {
            changes.add(each);
          }
        }
      }
    }
    List<ObjectChange> done = changes.finish();
    version = updates.version;
    boolean truncated = Boolean.TRUE.equals(updates.truncated);
    if (!truncated && seenAgain != null) {
      done = withLost(done, seenAgain);
      seenAgain = null;
    }
    return new Batch(version, truncated, restarted, done);
  }

  private List<ObjectChange> withLost(List<ObjectChange> changes, Set<Moref> seen) {
    List<ObjectChange> all = new ArrayList<>(changes);
    for (Moref each : view.all()) {
      if (!seen.contains(each)) {
        view.remove(each);
        all.add(new ObjectChange(ObjectChange.Kind.LEAVE, each, Map.of()));
      }
    }
    return all;
  }

  /** Applies one batch to the view and says what is different. */
  private final class Changes {
    private final Map<Moref, Map<String, VimData>> changed = new LinkedHashMap<>();
    private final Map<Moref, Set<String>> toReadAgain = new LinkedHashMap<>();
    private final Set<Moref> left = new HashSet<>();

    void add(ObjectUpdate update) {
      Moref moref = VSphere.moref(update.obj);
      if (update.kind == ObjectUpdateKind.leave) {
        changed.put(moref, Map.of());
        left.add(moref);
        return;
      }
      left.remove(moref);
      Map<String, VimData> values = new HashMap<>(changed.getOrDefault(moref, Map.of()));
      if (update.kind == ObjectUpdateKind.enter) {
        // All of an object: what is not told was not set, or is not any more. Two entries of it in
        // one batch make one.
        paths
            .getOrDefault(moref.type(), List.of())
            .forEach(path -> values.putIfAbsent(path, VimData.ABSENT));
      }
      if (update.missingSet != null) {
        for (MissingProperty each : update.missingSet) {
          // It could not be read, which does not say that it is not set.
          values.remove(each.path, VimData.ABSENT);
        }
      }
      if (update.changeSet != null) {
        for (PropertyChange each : update.changeSet) {
          apply(moref, each, values);
        }
      }
      changed.put(moref, values);
      if (seenAgain != null) {
        seenAgain.add(moref);
      }
    }

    private void apply(Moref moref, PropertyChange change, Map<String, VimData> values) {
      String whole = enclosing(moref.type(), change.name);
      boolean removed =
          change.op == PropertyChangeOp.remove || change.op == PropertyChangeOp.indirectRemove;
      if (!whole.equals(change.name)) {
        // Only a part of what we asked for was told: read the whole of it.
        toReadAgain.computeIfAbsent(moref, any -> new TreeSet<>()).add(whole);
      } else {
        values.put(
            change.name, !removed && change.val instanceof VimData data ? data : VimData.ABSENT);
      }
    }

    private String enclosing(String type, String name) {
      for (String path : paths.getOrDefault(type, List.of())) {
        if (name.startsWith(path)
            && name.length() > path.length()
            && ".[".indexOf(name.charAt(path.length())) >= 0) {
          return path;
        }
      }
      return name;
    }

    private void readAgain(Moref moref, Set<String> again) {
      if (left.contains(moref)) {
        return;
      }
      Map<String, VimData> now;
      try {
        now = new Properties(vsphere).of(moref, again.toArray(String[]::new));
      } catch (VSphereFault e) {
        if (e.kind() == VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND) {
          return; // That it left will be told next.
        }
        throw e;
      }
      Map<String, VimData> values = new HashMap<>(changed.getOrDefault(moref, Map.of()));
      again.forEach(path -> values.put(path, now.getOrDefault(path, VimData.ABSENT)));
      changed.put(moref, values);
    }

    List<ObjectChange> finish() {
      // May fail, so before the view is touched: the same update is then told again.
      toReadAgain.forEach(this::readAgain);
      List<ObjectChange> all = new ArrayList<>();
      changed.forEach((moref, values) -> {
        if (left.contains(moref)) {
          view.remove(moref);
          all.add(new ObjectChange(ObjectChange.Kind.LEAVE, moref, Map.of()));
          return;
        }
        boolean known = view.knows(moref);
        Map<String, VimData> different = view.put(moref, values);
        if (!known || !different.isEmpty()) {
          all.add(
              new ObjectChange(
                  known ? ObjectChange.Kind.MODIFY : ObjectChange.Kind.ENTER,
                  moref,
                  Map.copyOf(different)));
        }
      });
      return all;
    }
  }

  private void release() {
    ManagedObjectReference oldCollector = collector;
    ManagedObjectReference oldContainer = container;
    collector = null;
    container = null;
    filtered = false;
    if (oldCollector != null) {
      remove(vim -> {
        vim.destroyPropertyCollector(oldCollector);
        return true;
      });
    }
    if (oldContainer != null) {
      remove(vim -> {
        vim.destroyView(oldContainer);
        return true;
      });
    }
  }

  private void remove(VSphere.Call<Boolean> call) {
    try {
      vsphere.call(call);
    } catch (VSphereFault e) {
      LOG.debug("The old watch could not be removed: {}", e.getMessage());
    }
  }

  /** Ends the watch; a call that waits returns soon. */
  @Override
  public void close() {
    closed = true;
    ManagedObjectReference waiting = collector;
    if (waiting != null && !turn.tryLock()) {
      try {
        vsphere.call(vim -> {
          vim.cancelWaitForUpdates(waiting);
          return true;
        });
      } catch (VSphereFault e) {
        LOG.debug("The waiting call could not be cancelled: {}", e.getMessage());
      }
      turn.lock();
    }
    try {
      release();
    } finally {
      if (turn.isHeldByCurrentThread()) {
        turn.unlock();
      }
    }
  }
}
