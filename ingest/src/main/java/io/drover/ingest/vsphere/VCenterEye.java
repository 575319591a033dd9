// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.vsphere;

import io.drover.engine.Eye;
import io.drover.engine.Retry;
import io.drover.engine.StopSignal;
import io.drover.ingest.Sightings;
import io.drover.schemas.EntityKey;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryMessage;
import io.drover.schemas.Problem;
import io.drover.vsphere.InventoryView;
import io.drover.vsphere.InventoryWatch;
import io.drover.vsphere.Moref;
import io.drover.vsphere.ObjectChange;
import io.drover.vsphere.Tags;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import io.drover.vsphere.VSphereFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Watches one vCenter through one property filter: the first batches are the whole, the later ones
 * what changed. After a forgotten session or a restarted vCenter the watch reads the whole again.
 */
public final class VCenterEye implements Eye<InventoryMessage> {
  private static final Duration WAIT = Duration.ofSeconds(10);

  /** A busy or unreachable vCenter is asked again so often before the look counts as failed. */
  private static final Retry BUSY = new Retry(8, Duration.ofSeconds(1), Duration.ofSeconds(15));

  /** A whole look at the tags takes a call a tag. */
  public static final Duration TAGS_EVERY = Duration.ofMinutes(5);

  private static final Set<String> NAMING = Set.of("name", "parent");

  private final String name;
  private final VSphereEndpoint endpoint;
  private final Function<String, Set<EntityKey>> known;
  private final Duration tagsEvery;

  /**
   * @param name what the configuration calls this vCenter
   * @param known what the inventory holds of a site
   * @param tagsEvery pause between two looks at the tags, of which vCenter sends no changes
   */
  public VCenterEye(
      String name,
      VSphereEndpoint endpoint,
      Function<String, Set<EntityKey>> known,
      Duration tagsEvery) {
    this.name = name;
    this.endpoint = endpoint;
    this.known = known;
    this.tagsEvery = tagsEvery;
  }

  @Override
  public String name() {
    return "vcenter:" + name;
  }

  @Override
  public void look(Sight<InventoryMessage> sight, StopSignal stop) throws InterruptedException {
    try {
      watch(sight, stop);
    } catch (VSphereFault fault) {
      if (!stop.raised() && fault.kind() != VSphereFault.Kind.CANCELLED) {
        // People who do not read logs hear of it, too; it is looked at again all the same.
        new Sightings(sight).seen(new Inventory.Site(name(), problem(fault)));
      }
      throw fault;
    }
  }

  private Problem problem(VSphereFault fault) {
    String said = fault.said();
    return new Problem(
        fault.kind() == VSphereFault.Kind.INVALID_LOGIN
                || fault.kind() == VSphereFault.Kind.CERTIFICATE
                || fault.kind() == VSphereFault.Kind.NO_PERMISSION
            ? Problem.Kind.REFUSED
            : Problem.Kind.UNAVAILABLE,
        "vcenter-" + fault.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        "vCenter " + name + ": " + said + (said.endsWith(".") ? "" : "."),
        fault.remedy());
  }

  private void watch(Sight<InventoryMessage> sight, StopSignal stop) throws InterruptedException {
    try (VSphere vsphere = VSphere.connect(endpoint);
        InventoryWatch watch = vsphere.inventory().watch()) {
      String site = vsphere.about().instanceUuid();
      Map<Moref, List<Tags.Tag>> tags = tags(vsphere, Map.of());
      long tagsRead = System.nanoTime();
      var translation = new Translation(site, tags);
      var sightings = new Sightings(sight);
      new Sightings(sight).seen(new Inventory.Site(name(), null));
      sightings.seen(new Inventory.VCenter(translation.site(), name, vsphere.about().version()));
      boolean whole = false;
      var pages = new ArrayList<ObjectChange>();
      while (!stop.raised()) {
        InventoryWatch.Batch batch = next(watch, whole ? WAIT : Duration.ofSeconds(1));
        whole = whole && !batch.restarted();
        if (System.nanoTime() - tagsRead > tagsEvery.toNanos()) {
          Map<Moref, List<Tags.Tag>> now = tags(vsphere, tags);
          tagsRead = System.nanoTime();
          whole = whole && now.equals(tags);
          tags = now;
          translation = new Translation(site, tags);
        }
        pages.addAll(batch.changes());
        if (batch.truncated()) {
          continue;
        }
        List<ObjectChange> changes = List.copyOf(pages);
        pages.clear();
        if (whole && !renamed(changes)) {
          tell(changes, watch.view(), translation, sightings);
        } else {
          tellAll(watch.view(), translation, sightings);
          whole = true;
        }
      }
    }
  }

  /** The tags where they are served and may be read; those of before where that fails for now. */
  private static Map<Moref, List<Tags.Tag>> tags(
      VSphere vsphere, Map<Moref, List<Tags.Tag>> before) {
    try {
      return vsphere.tags().attached();
    } catch (VSphereFault fault) {
      return switch (fault.kind()) {
        case NOT_SUPPORTED, NO_PERMISSION -> Map.of();
        case INVALID_LOGIN,
            NOT_AUTHENTICATED,
            CONCURRENT_ACCESS,
            INVALID_POWER_STATE,
            MANAGED_OBJECT_NOT_FOUND,
            TASK_IN_PROGRESS,
            INVALID_STATE,
            FILE_LOCKED,
            HOST_NOT_CONNECTED,
            TOOLS_UNAVAILABLE,
            QUIESCE_FAILED,
            INVALID_ARGUMENT,
            INVALID_COLLECTOR_VERSION,
            CANCELLED,
            TIMEOUT,
            UNREACHABLE,
            UNAVAILABLE,
            CERTIFICATE,
            PROTOCOL,
            OTHER ->
            before;
      };
    }
  }

  /** The next batch; what only keeps vCenter from answering now does not cost a reading anew. */
  private static InventoryWatch.Batch next(InventoryWatch watch, Duration wait)
      throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return watch.next(wait);
      } catch (VSphereFault fault) {
        boolean passes =
            fault.kind() == VSphereFault.Kind.UNAVAILABLE
                || fault.kind() == VSphereFault.Kind.UNREACHABLE;
        if (!passes || !BUSY.again(attempt)) {
          throw fault;
        }
        Thread.sleep(fault.retryAfter().orElse(BUSY.pause(attempt)));
      }
    }
  }

  /** What a VM is called by others (host, folder, network names) may have changed with these. */
  private static boolean renamed(List<ObjectChange> changes) {
    return changes.stream()
        .anyMatch(change ->
            !change.moref().type().equals("VirtualMachine")
                && change.changed().keySet().stream().anyMatch(NAMING::contains));
  }

  private void tell(
      List<ObjectChange> changes, InventoryView view, Translation translation, Sightings sightings)
      throws InterruptedException {
    boolean clusters = false;
    var remarks = new Remarks(view);
    for (ObjectChange change : changes) {
      Moref moref = change.moref();
      if (change.kind() == ObjectChange.Kind.LEAVE) {
        tellAll(view, translation, sightings);
        return;
      }
      clusters |= moref.type().endsWith("ComputeResource");
      var entity = translation.of(moref, view, remarks);
      if (entity.isPresent()) {
        sightings.seen(entity.get());
      }
    }
    if (clusters) {
      // The rules and the balancing of a cluster are told with its VMs.
      for (Inventory entity : translation.everything(view)) {
        sightings.seen(entity);
      }
    }
  }

  private void tellAll(InventoryView view, Translation translation, Sightings sightings)
      throws InterruptedException {
    var whole = new HashSet<EntityKey>();
    whole.add(new EntityKey(translation.site(), "vcenter", translation.site()));
    for (Inventory entity : translation.everything(view)) {
      sightings.seen(entity);
      whole.add(entity.key());
    }
    sightings.onlyThese(whole, known.apply(translation.site()), Set.of());
  }
}
