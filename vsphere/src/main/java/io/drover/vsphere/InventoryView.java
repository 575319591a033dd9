// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that is known of one vCenter's inventory, put together for reading. Names of things around an
 * object are complete once the first reading is.
 */
public final class InventoryView {
  private static final Logger LOG = LoggerFactory.getLogger(InventoryView.class);

  private final VSphere vsphere;
  private final Predicate<String> settings;
  private final Map<Moref, Map<String, VimData>> objects = new ConcurrentHashMap<>();
  private final Map<String, Moref> portGroups = new ConcurrentHashMap<>();
  private final Map<String, Moref> opaqueNetworks = new ConcurrentHashMap<>();
  private final Map<String, String> attributes = new ConcurrentHashMap<>();
  private final Names names = new Known();

  InventoryView(VSphere vsphere, Predicate<String> settings) {
    this.vsphere = vsphere;
    this.settings = settings;
  }

  /** Reads the names of the custom attributes. */
  void attributes() {
    if (!vsphere.about().isVirtualCenter()) {
      return;
    }
    Moref manager = VSphere.moref(vsphere.service("customFieldsManager"));
    try {
      for (VimData field : new Properties(vsphere).one(manager, "field").parts()) {
        attributes.put(field.text("key"), field.text("name"));
      }
    } catch (VSphereFault e) {
      LOG.warn("The names of custom attributes cannot be read: {}", e.getMessage());
    }
  }

  boolean knows(Moref moref) {
    return objects.containsKey(moref);
  }

  List<Moref> all() {
    return List.copyOf(objects.keySet());
  }

  /** Takes the values over, and gives back those that are different from before. */
  Map<String, VimData> put(Moref moref, Map<String, VimData> values) {
    Map<String, VimData> before = objects.getOrDefault(moref, Map.of());
    Map<String, VimData> after = new HashMap<>(before);
    Map<String, VimData> different = new HashMap<>();
    values.forEach((path, value) -> {
      VimData kept = path.equals("config.extraConfig") ? telling(value) : value;
      if (!kept.equals(before.getOrDefault(path, VimData.ABSENT))) {
        different.put(path, kept);
      }
      if (kept.present()) {
        after.put(path, kept);
      } else {
        after.remove(path);
      }
    });
    objects.put(moref, Map.copyOf(after));
    if (moref.type().equals("DistributedVirtualPortgroup") && after.containsKey("key")) {
      portGroups.put(text(after, "key"), moref);
    }
    if (moref.type().equals("OpaqueNetwork") && after.containsKey("summary")) {
      opaqueNetworks.put(
          after.getOrDefault("summary", VimData.ABSENT).text("opaqueNetworkId"), moref);
    }
    if (different.containsKey("customValue")
        && different.get("customValue").parts().stream()
            .anyMatch(each -> !attributes.containsKey(each.text("key")))) {
      attributes();
    }
    return different;
  }

  private VimData telling(VimData options) {
    if (!options.present()) {
      return options;
    }
    return new VimData(
        options.name(),
        options.type(),
        null,
        "",
        options.parts().stream()
            .filter(each -> settings.test(each.text("key").toLowerCase(Locale.ROOT)))
            .toList());
  }

  void remove(Moref moref) {
    objects.remove(moref);
    portGroups.values().remove(moref);
    opaqueNetworks.values().remove(moref);
  }

  private static String text(Map<String, VimData> of, String path) {
    return of.getOrDefault(path, VimData.ABSENT).text();
  }

  private Collection<Moref> of(Predicate<String> type) {
    return objects.keySet().stream().filter(each -> type.test(each.type())).sorted(ORDER).toList();
  }

  private static final java.util.Comparator<Moref> ORDER =
      java.util.Comparator.comparing(Moref::type).thenComparing(Moref::id);

  /** The name of any object, empty when unknown. */
  public String name(Moref object) {
    return VmReader.unescape(names.name(object));
  }

  /** The object above this one. */
  public Optional<Moref> parent(Moref object) {
    return names.parent(object);
  }

  /** The properties of any object as vCenter sent them, empty when unknown. */
  public Map<String, VimData> raw(Moref object) {
    return objects.getOrDefault(object, Map.of());
  }

  /** One virtual machine, with the names of what is around it. */
  public Optional<VmFacts> vm(Moref moref) {
    return Optional.ofNullable(objects.get(moref))
        .filter(any -> moref.type().equals("VirtualMachine"))
        .map(values -> VmReader.read(moref, values, names, any -> true));
  }

  /** All virtual machines and templates. */
  public List<VmFacts> vms() {
    return each("VirtualMachine"::equals, this::vm);
  }

  /** One ESXi host. */
  public Optional<HostFacts> host(Moref moref) {
    return Optional.ofNullable(objects.get(moref))
        .filter(any -> moref.type().equals("HostSystem"))
        .map(values -> HostFacts.read(moref, values, names));
  }

  /** All ESXi hosts. */
  public List<HostFacts> hosts() {
    return each("HostSystem"::equals, this::host);
  }

  /** One cluster, or the pseudo-cluster of a host on its own. */
  public Optional<ClusterFacts> cluster(Moref moref) {
    return Optional.ofNullable(objects.get(moref))
        .filter(any -> moref.type().endsWith("ComputeResource"))
        .map(values -> ClusterFacts.read(moref, values, names));
  }

  /** All clusters, and hosts on their own. */
  public List<ClusterFacts> clusters() {
    return each(type -> type.endsWith("ComputeResource"), this::cluster);
  }

  /** One datastore. */
  public Optional<DatastoreFacts> datastore(Moref moref) {
    return Optional.ofNullable(objects.get(moref))
        .filter(any -> moref.type().equals("Datastore"))
        .map(values -> DatastoreFacts.read(moref, values));
  }

  /** All datastores. */
  public List<DatastoreFacts> datastores() {
    return each("Datastore"::equals, this::datastore);
  }

  /** One network of any kind. */
  public Optional<NetworkFacts> network(Moref moref) {
    return Optional.ofNullable(objects.get(moref))
        .filter(any -> isNetwork(moref.type()))
        .map(values -> NetworkFacts.read(moref, values, standardVlans()));
  }

  /** All networks of every kind. */
  public List<NetworkFacts> networks() {
    Map<String, String> vlans = standardVlans();
    return each(
        InventoryView::isNetwork,
        moref ->
            Optional.ofNullable(objects.get(moref))
                .map(values -> NetworkFacts.read(moref, values, vlans)));
  }

  private static boolean isNetwork(String type) {
    return type.equals("Network")
        || type.equals("DistributedVirtualPortgroup")
        || type.equals("OpaqueNetwork");
  }

  /** The VLANs of standard port groups, which only hosts know, by the port group's name. */
  private Map<String, String> standardVlans() {
    Map<String, String> vlans = new HashMap<>();
    for (Moref host : of("HostSystem"::equals)) {
      for (VimData group :
          raw(host).getOrDefault("config.network.portgroup", VimData.ABSENT).parts()) {
        vlans.put(group.text("spec.name"), group.text("spec.vlanId"));
      }
    }
    return vlans;
  }

  private <T> List<T> each(
      Predicate<String> type, java.util.function.Function<Moref, Optional<T>> read) {
    List<T> all = new ArrayList<>();
    for (Moref moref : of(type)) {
      read.apply(moref).ifPresent(all::add);
    }
    return List.copyOf(all);
  }

  /** What the view knows of the objects around one. */
  private final class Known implements Names {
    @Override
    public String name(Moref object) {
      return text(objects.getOrDefault(object, Map.of()), "name");
    }

    @Override
    public Optional<Moref> parent(Moref object) {
      return Optional.ofNullable(objects.get(object))
          .map(values -> values.get("parent"))
          .filter(Objects::nonNull)
          .flatMap(VimData::moref);
    }

    @Override
    public Optional<Moref> portGroup(String key) {
      return Optional.ofNullable(portGroups.get(key));
    }

    @Override
    public Optional<Moref> opaqueNetwork(String id) {
      return Optional.ofNullable(opaqueNetworks.get(id));
    }

    @Override
    public String attribute(String key) {
      return attributes.getOrDefault(key, key);
    }
  }
}
