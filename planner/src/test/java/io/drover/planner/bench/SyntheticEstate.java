// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.bench;

import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.Usage;
import io.drover.planner.estate.Windows;
import io.drover.planner.forecast.Ceilings;
import io.drover.planner.forecast.Rates;
import io.drover.planner.forecast.SharedWay;
import io.drover.planner.programme.Programme;
import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.SplitMix;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec.SoakEnd;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Estates out of a seed, of any size, skewed as estates are: few large disks hold most of the
 * bytes, few hosts carry most of the machines, few applications are large, production waits for
 * weekends.
 */
public final class SyntheticEstate {
  static final Instant START = Instant.parse("2026-09-07T06:00:00Z"); // a Monday

  /**
   * Of sites that were measured: a host gives 294 MiB/s by itself, and what hosts share is the link
   * and what the target takes in, which are limits of these sites. Published figures of one rig of
   * eight hosts would hold vCenters of fifty back at what that rig shared.
   */
  public static final Programme.Options MEASURED = measured();

  private static final ZoneId ZONE = ZoneId.of("Europe/Berlin");
  private static final Duration HORIZON = Duration.ofDays(900);
  private static final String[] SYSTEMS = {
    "rhel9_64Guest",
    "rhel8_64Guest",
    "windows2019srv_64Guest",
    "windows2019srvNext_64Guest",
    "ubuntu64Guest",
    "sles15_64Guest",
    "windows9Server64Guest",
    "centos7_64Guest",
    "otherLinux64Guest"
  };

  private final int count;
  private final SplitMix random;
  private final List<Inventory.Vm> vms = new ArrayList<>();
  private final Map<VmKey, Usage> usage = new HashMap<>();
  private final List<Evidence> evidence = new ArrayList<>();

  private static Programme.Options measured() {
    Programme.Options o = Programme.Options.DEFAULT;
    Rates d = o.rates();
    return new Programme.Options(
        o.seed(),
        o.steps(),
        o.waveSize(),
        o.chooseWay(),
        new Rates(
            new Ceilings(
                d.ceilings().diskMiBs(),
                new SharedWay(294, Double.POSITIVE_INFINITY),
                Map.of(),
                Map.of(),
                Map.of()),
            d.fixedSeconds(),
            d.shutdownSeconds(),
            d.convertSeconds(),
            d.bootSeconds(),
            d.spread()));
  }

  private SyntheticEstate(int count, long seed) {
    this.count = count;
    this.random = new SplitMix(seed);
  }

  /** An estate of {@code count} machines. */
  public static Estate of(int count, long seed) {
    return of(count, seed, 0);
  }

  /** The same, whose plans leave so many percent of each window free. */
  public static Estate of(int count, long seed, int reserve) {
    return new SyntheticEstate(count, seed).make(reserve);
  }

  private Estate make(int reserve) {
    int vcenters = Math.max(1, (count + 4999) / 5000);
    int hosts = Math.max(2, count / 28);
    double[] pull = new double[hosts];
    double sum = 0;
    for (int h = 0; h < hosts; h++) {
      pull[h] = Math.exp(0.45 * random.normal());
      sum += pull[h];
    }
    int application = 0;
    while (vms.size() < count) {
      int size = Math.min(count - vms.size(), applicationSize());
      application(application++, size, hosts, vcenters, pull, sum);
    }
    flows();
    return new Estate(
        START,
        vms,
        target(),
        Map.of(),
        usage,
        evidence,
        calendars(),
        site(hosts, vcenters),
        settings(reserve));
  }

  /** Most applications are a handful of machines, a few are dozens. */
  private int applicationSize() {
    double size = 1 / Math.pow(1 - random.unit(), 0.75);
    return (int) Math.max(1, Math.min(40, Math.floor(size)));
  }

  private void application(
      int number, int size, int hosts, int vcenters, double[] pull, double sum) {
    double luck = random.unit();
    String environment =
        luck < 0.02 ? "pilot" : luck < 0.42 ? (luck < 0.25 ? "dev" : "test") : "prod";
    String window =
        switch (environment) {
          case "pilot" -> "weeknights";
          case "dev", "test" -> random.unit() < 0.7 ? "weeknights" : "any";
          default -> {
            double w = random.unit();
            yield w < 0.55 ? "saturday" : w < 0.75 ? "sunday" : "weeknights";
          }
        };
    String dependsOn =
        number > 10 && random.unit() < 0.12 ? "app-" + (number - 1 - random.below(10)) : "";
    for (int i = 0; i < size; i++) {
      machine(
          "app-" + number,
          i,
          environment,
          window,
          i == 0 ? dependsOn : "",
          hosts,
          vcenters,
          pull,
          sum);
    }
  }

  private void machine(
      String application,
      int i,
      String environment,
      String window,
      String dependsOn,
      int hosts,
      int vcenters,
      double[] pull,
      double sum) {
    int number = vms.size();
    int host = pick(pull, sum);
    int vcenter = host * vcenters / hosts;
    var key = new VmKey("vc-" + vcenter, "50" + Long.toHexString(random.next()) + "-" + number);
    String name = application + "-" + environment + "-" + (i + 1);
    boolean windows = random.unit() < 0.5;
    String system = SYSTEMS[windows ? 2 + 4 * random.below(2) : random.below(SYSTEMS.length)];
    boolean on = random.unit() < 0.93;
    var disks = disks(name, host);
    long capacity = disks.stream().mapToLong(Inventory.Disk::capacityBytes).sum();
    double used = 0.25 + 0.6 * random.unit();
    double busy = Math.exp(-0.5 + 1.1 * random.normal());
    usage.put(
        key,
        new Usage(
            (long) (capacity * used),
            (long) (capacity * used * 0.02 * busy / 86_400),
            random.unit() * 0.7,
            0));
    var attributes = new TreeMap<String, String>();
    attributes.put("app", application);
    attributes.put("environment", environment);
    attributes.put("window", window);
    if (!dependsOn.isEmpty()) {
      attributes.put("dependsOn", dependsOn);
    }
    int cpus = 1 << random.below(4);
    vms.add(
        new Inventory.Vm(
            key,
            new Inventory.Placement(
                "vm-" + number,
                "dc",
                "/dc/vm/" + environment + "/" + application,
                "cluster-" + host / 16,
                "host-" + host,
                "esx-" + host,
                "pool-" + environment),
            name,
            on ? Inventory.Power.ON : Inventory.Power.OFF,
            random.unit() < 0.005,
            new Inventory.Compute(cpus, 1, cpus * 4096L, random.unit() < 0.2, false),
            new Inventory.Boot(
                random.unit() < 0.6 ? Inventory.Firmware.EFI : Inventory.Firmware.BIOS,
                false,
                random.unit() < 0.02,
                "42-" + number),
            new Inventory.Guest(
                system,
                system,
                name,
                on && random.unit() < 0.985,
                on ? List.of("10.0.0.1") : List.of(),
                List.of()),
            disks,
            List.of(
                new Inventory.Nic(
                    4000,
                    "Network adapter 1",
                    "vmxnet3",
                    "00:50:56:" + number,
                    "net-" + random.below(40),
                    "vlan",
                    true,
                    true,
                    List.of())),
            random.unit() < 0.06
                ? List.of(new Inventory.Snapshot("snap-" + number, "before patch", ""))
                : List.of(),
            new Inventory.ChangeTracking(random.unit() < 0.99, random.unit() < 0.5),
            "1",
            random.unit() < 0.003,
            random.unit() < 0.01 ? List.of("VirtualUSBController") : List.of(),
            attributes,
            random.unit() < 0.3 ? List.of("tier-" + application + "-" + i % 3) : List.of(),
            null));
  }

  private int pick(double[] pull, double sum) {
    double at = random.unit() * sum;
    int h = 0;
    while (h < pull.length - 1 && at >= pull[h]) {
      at -= pull[h++];
    }
    return h;
  }

  private List<Inventory.Disk> disks(String name, int host) {
    double luck = random.unit();
    int many =
        luck < 0.45 ? 1 : luck < 0.75 ? 2 : luck < 0.97 ? 3 + random.below(3) : 6 + random.below(7);
    var disks = new ArrayList<Inventory.Disk>();
    for (int d = 0; d < many; d++) {
      double gib = Math.exp((d == 0 ? 4.0 : 4.6) + (d == 0 ? 0.5 : 1.1) * random.normal());
      long bytes = (long) Math.max(8, Math.min(8192, gib)) << 30;
      String datastore = "ds-" + host / 16 + "-" + random.below(8);
      disks.add(
          new Inventory.Disk(
              2000 + d,
              "Hard disk " + (d + 1),
              bytes,
              datastore,
              "[" + datastore + "] " + name + "/" + name + "_" + d + ".vmdk",
              null,
              random.unit() < 0.004 ? Inventory.Backing.RDM_PHYSICAL : Inventory.Backing.FLAT,
              "pvscsi",
              0,
              d,
              random.unit() < 0.003,
              false,
              true,
              null,
              null));
    }
    return disks;
  }

  /** Flows between machines of an application, and some between applications. */
  private void flows() {
    for (int i = 1; i < vms.size(); i++) {
      boolean near = random.unit() < 0.6;
      int to = near ? Math.max(0, i - 1 - random.below(6)) : random.below(i);
      if (near || random.unit() < 0.15) {
        evidence.add(
            new Evidence(
                vms.get(i).vm(),
                vms.get(to).vm(),
                Evidence.Kind.AFFINITY,
                Math.exp(random.normal()),
                "flows.csv"));
      }
    }
  }

  private static List<Inventory> target() {
    return List.of(
        new Inventory.StorageClass(
            "target",
            "rbd",
            "rbd.csi.ceph.com",
            true,
            true,
            List.of("ReadWriteMany/Block"),
            "rbd-snap",
            null,
            null,
            null));
  }

  private static Map<String, Calendar> calendars() {
    var freeze =
        List.of(
            new Windows.Stretch(
                Instant.parse("2026-12-18T00:00:00Z"),
                Instant.parse("2027-01-04T00:00:00Z"),
                "year end"));
    return Map.of(
        "any", new Windows("any", ZONE, List.of(), freeze).layOut(START, HORIZON),
        "weeknights",
            new Windows(
                    "weeknights",
                    ZONE,
                    List.of(
                        new Windows.Weekly(
                            Set.of(
                                DayOfWeek.MONDAY,
                                DayOfWeek.TUESDAY,
                                DayOfWeek.WEDNESDAY,
                                DayOfWeek.THURSDAY),
                            LocalTime.of(20, 0),
                            LocalTime.of(6, 0))),
                    freeze)
                .layOut(START, HORIZON),
        "saturday",
            new Windows(
                    "saturday",
                    ZONE,
                    List.of(
                        new Windows.Weekly(
                            Set.of(DayOfWeek.SATURDAY), LocalTime.of(18, 0), LocalTime.of(12, 0))),
                    freeze)
                .layOut(START, HORIZON),
        "sunday",
            new Windows(
                    "sunday",
                    ZONE,
                    List.of(
                        new Windows.Weekly(
                            Set.of(DayOfWeek.SUNDAY), LocalTime.of(6, 0), LocalTime.of(20, 0))),
                    freeze)
                .layOut(START, HORIZON));
  }

  /**
   * A link of 25 Gbit/s a vCenter, storage that takes in as much, people for a few dozen cutovers.
   */
  private Site site(int hosts, int vcenters) {
    return new Site(
        new Limits(8, 15, 48, 1_000_000, Math.max(4, count / 250), 0),
        Math.max(8, count / 250),
        Math.min(2_500 * vcenters, 300 * hosts),
        Math.min(2_200 * vcenters, 300 * hosts),
        0,
        0,
        Map.of(),
        Map.of());
  }

  /** Plan settings that fit the estates. */
  public static PlanSettings settings(int reserve) {
    return new PlanSettings(
        Way.WARM,
        Transfer.VDDK,
        Sink.UPLOAD,
        "herd",
        Map.of("*", "rbd"),
        Map.of("*", "herd/vlan"),
        false,
        false,
        false,
        10,
        Duration.ofMinutes(5),
        true,
        Duration.ofMinutes(10),
        Duration.ofHours(24),
        SoakEnd.HOLD,
        null,
        "app",
        "dependsOn",
        Map.of(),
        null,
        null,
        null,
        reserve);
  }
}
