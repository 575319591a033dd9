// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ObjectSpec;
import com.vmware.vim25.PropertyFilterSpec;
import com.vmware.vim25.PropertySpec;
import com.vmware.vim25.SelectionSpec;
import com.vmware.vim25.TraversalSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** What a vCenter has: read once, or watched. One filter covers all kinds of objects. */
public final class Inventory {
  /** The kinds of objects that are read. */
  static final List<String> TYPES =
      List.of(
          "VirtualMachine",
          "HostSystem",
          "ComputeResource",
          "Datastore",
          "Network",
          "Folder",
          "Datacenter",
          "ResourcePool");

  private static final Pattern TELLING =
      Pattern.compile(
          "drover\\..*|disk\\.enableuuid|.*ctkenabled|numa\\..*|sched\\..*|cpuid\\..*"
              + "|hypervisor\\..*|vhv\\..*|monitor\\..*|pcipassthru.*|rtc\\..*|time\\..*"
              + "|firmware.*|featmask\\..*|ethernet[0-9]+\\..*");

  private final VSphere vsphere;

  Inventory(VSphere vsphere) {
    this.vsphere = vsphere;
  }

  /**
   * How a watch reads.
   *
   * @param pageSize the most objects in one batch of the first reading
   * @param settings which advanced settings to keep, by their names in lower case; those of a guest
   *     may hold secrets
   */
  public record Options(int pageSize, Predicate<String> settings) {
    /** Pages of 100, and the settings that matter to a migration. */
    public static final Options DEFAULT =
        new Options(100, key -> TELLING.matcher(key.toLowerCase(Locale.ROOT)).matches());
  }

  /** Watches everything; the first batches bring all there is. */
  public InventoryWatch watch() {
    return watch(Options.DEFAULT);
  }

  /** Watches everything, reading as told. */
  public InventoryWatch watch(Options options) {
    return new InventoryWatch(vsphere, options);
  }

  /**
   * Everything there is, as of now.
   *
   * @param deadline for all of it
   */
  public InventoryView read(Duration deadline) {
    Deadline until = Deadline.in(deadline);
    try (InventoryWatch watch = watch()) {
      while (watch.next(Duration.ofSeconds(1)).truncated()) {
        if (until.passed()) {
          throw new VSphereFault(
              VSphereFault.Kind.TIMEOUT,
              "The inventory was not read within " + deadline.toSeconds() + " s",
              "Allow more time");
        }
      }
      return watch.view();
    }
  }

  /** The objects of this type with this name. */
  public List<Moref> find(String type, String name) {
    List<Moref> found = new ArrayList<>();
    names(type)
        .forEach((moref, each) -> {
          if (each.equals(name)) {
            found.add(moref);
          }
        });
    return found;
  }

  /** The names of all objects of this type. */
  public Map<Moref, String> names(String type) {
    try {
      return namesOnce(type);
    } catch (VSphereFault e) {
      if (e.kind() != VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND) {
        throw e;
      }
      return namesOnce(type); // One of them was removed while they were read.
    }
  }

  private Map<Moref, String> namesOnce(String type) {
    ManagedObjectReference view = containerView(vsphere, new String[] {type});
    try {
      List<Moref> members = new Properties(vsphere).one(VSphere.moref(view), "view").morefs();
      Map<Moref, String> names = new LinkedHashMap<>();
      new Properties(vsphere)
          .ofEach(members, List.of("name"))
          .forEach((moref, values) ->
              names.put(
                  moref, VmReader.unescape(values.getOrDefault("name", VimData.ABSENT).text())));
      return names;
    } finally {
      vsphere.call(vim -> {
        vim.destroyView(view);
        return true;
      });
    }
  }

  static ManagedObjectReference containerView(VSphere vsphere, String[] types) {
    return vsphere.call(vim ->
        vim.createContainerView(
            vsphere.service("viewManager"), vsphere.service("rootFolder"), types, true));
  }

  /** What is read of each type; subtypes are named with all that they need. */
  static Map<String, List<String>> paths(About about) {
    Map<String, List<String>> paths = new LinkedHashMap<>();
    paths.put("VirtualMachine", VmReader.paths(about));
    paths.put(
        "HostSystem",
        List.of(
            "name",
            "parent",
            "datastore",
            "network",
            "summary.hardware",
            "summary.config.product",
            "runtime.connectionState",
            "runtime.powerState",
            "runtime.inMaintenanceMode",
            "config.network.portgroup"));
    paths.put("ComputeResource", List.of("name", "parent", "host"));
    paths.put("ClusterComputeResource", List.of("name", "parent", "host", "configurationEx"));
    paths.put(
        "Datastore",
        List.of(
            "name",
            "parent",
            "host",
            "summary.type",
            "summary.capacity",
            "summary.freeSpace",
            "summary.accessible",
            "summary.maintenanceMode",
            "summary.url"));
    paths.put("Network", List.of("name", "parent", "summary"));
    paths.put(
        "DistributedVirtualPortgroup",
        List.of(
            "name",
            "parent",
            "summary",
            "key",
            "config.defaultPortConfig",
            "config.distributedVirtualSwitch"));
    paths.put("Folder", List.of("name", "parent"));
    paths.put("Datacenter", List.of("name", "parent"));
    paths.put("ResourcePool", List.of("name", "parent", "owner"));
    return paths;
  }

  static PropertyFilterSpec filter(ManagedObjectReference view, About about) {
    TraversalSpec members = new TraversalSpec();
    members.name = "members";
    members.type = "ContainerView";
    members.path = "view";
    members.skip = false;
    ObjectSpec start = new ObjectSpec();
    start.obj = view;
    start.skip = true;
    start.selectSet = new SelectionSpec[] {members};
    PropertyFilterSpec filter = new PropertyFilterSpec();
    filter.objectSet = new ObjectSpec[] {start};
    filter.propSet =
        paths(about).entrySet().stream()
            .map(each -> Properties.spec(each.getKey(), each.getValue()))
            .toArray(PropertySpec[]::new);
    return filter;
  }
}
