// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.storage.DiskLayout;
import java.util.List;
import java.util.Locale;

/**
 * The estate of the demonstration: 42 virtual machines and a template in three applications (shop,
 * ledger, fleet) with their dependencies as custom attributes, and the cases that make a migration
 * hard. The same seed gives the same estate.
 */
public final class DemoEstate {
  private static final long SEED = 20_260_101L;

  private final EstateBuilder b;
  private final LabDatastore fast;
  private final LabDatastore bulk;
  private final LabNetwork shop;
  private final LabNetwork ledger;
  private final LabNetwork old;
  private int host = 10;

  private DemoEstate(LabEstate estate) {
    b = estate.build().datacenter("Frankfurt").cluster("prod", 4, 48, 768);
    fast = b.datastore("vmfs-ssd-01", 8192);
    bulk = b.datastore("vmfs-sas-02", 32_768);
    LabSwitch dvs = b.distributedSwitch("dvs-prod");
    shop = b.portgroup(dvs, "dpg-shop-110", 110);
    ledger = b.portgroup(dvs, "dpg-ledger-120", 120);
    old = b.network("VM Network");
  }

  /** The estate with the pace of a demonstration. */
  public static LabEstate create() {
    return create(SEED, LabPace.demo());
  }

  /** The estate of a seed, all virtual machines as described and the running ones running. */
  public static LabEstate create(long seed, LabPace pace) {
    LabEstate estate = LabEstate.create("lab-vcenter", seed, pace);
    DemoEstate demo = new DemoEstate(estate);
    demo.shop();
    demo.ledger();
    demo.fleet();
    demo.templates();
    return estate;
  }

  private String ip(LabNetwork network) {
    String net = network == shop ? "10.20.110." : network == ledger ? "10.20.120." : "10.20.30.";
    return net + host++;
  }

  private VmSpec linux(String name, String app, String tier, LabNetwork network, String dependsOn) {
    return b.vm(name)
        .os(GuestOs.RHEL_9)
        .folder(app + "/" + tier)
        .cpus(2, 1)
        .memoryMib(4096)
        .changeTracking()
        .nic(network, "VirtualVmxnet3", ip(network))
        .attribute("app", app)
        .tag("Application", app)
        .attribute("tier", tier)
        .attribute("dependsOn", dependsOn);
  }

  private static String named(String stem, int number) {
    return String.format(Locale.ROOT, "%s-%02d", stem, number);
  }

  /** Web shop: RHEL 9 on EFI throughout; the one whose VMs make the first wave. */
  private void shop() {
    linux("shop-db-01", "shop", "db", shop, "")
        .cpus(8, 4)
        .memoryMib(32_768)
        .disk(DiskSpec.gib(20).payloadMib(24).in(fast))
        .disk(DiskSpec.gib(40).payloadMib(32).on(Controller.PVSCSI, 1).in(fast))
        .disk(DiskSpec.gib(10).payloadMib(8).on(Controller.PVSCSI, 2).in(fast))
        .attribute("criticality", "high")
        .add();
    linux("shop-db-02", "shop", "db", shop, "shop-db-01")
        .cpus(8, 4)
        .memoryMib(32_768)
        .disk(DiskSpec.gib(20).payloadMib(24).in(fast))
        .disk(DiskSpec.gib(40).payloadMib(32).on(Controller.PVSCSI, 1).in(fast))
        .attribute("criticality", "high")
        .add();
    for (int i = 1; i <= 2; i++) {
      linux(named("shop-cache", i), "shop", "cache", shop, "")
          .disk(DiskSpec.gib(8).payloadMib(12).in(fast))
          .add();
      linux(named("shop-queue", i), "shop", "queue", shop, "")
          .disk(DiskSpec.gib(12).payloadMib(16).in(fast))
          .add();
    }
    for (int i = 1; i <= 4; i++) {
      linux(named("shop-app", i), "shop", "app", shop, "shop-db-01,shop-cache-01,shop-queue-01")
          .cpus(4, 2)
          .disk(DiskSpec.gib(16).payloadMib(20).in(fast))
          .add();
    }
    for (int i = 1; i <= 6; i++) {
      linux(named("shop-web", i), "shop", "web", shop, "shop-app-01")
          .disk(DiskSpec.gib(8).payloadMib(12).in(bulk))
          .add();
    }
    linux("shop-search-01", "shop", "search", shop, "shop-db-01")
        .disk(DiskSpec.gib(10).payloadMib(12).in(fast))
        .disk(
            DiskSpec.gib(24)
                .payloadMib(16)
                .on(Controller.NVME)
                .layout(DiskLayout.GPT_DATA)
                .in(fast))
        .add();
  }

  /**
   * Core banking: Windows Server 2022 and SQL beside RHEL, with devices that cannot simply move.
   */
  private void ledger() {
    for (int i = 1; i <= 2; i++) {
      windows(named("ledger-ad", i), "directory", "")
          .disk(DiskSpec.gib(24).payloadMib(24).in(fast))
          .tpm()
          .add();
    }
    windows("ledger-sql-01", "db", "ledger-ad-01")
        .cpus(8, 8)
        .memoryMib(65_536)
        .disk(DiskSpec.gib(32).payloadMib(32).in(fast))
        .disk(DiskSpec.gib(64).payloadMib(32).on(Controller.PVSCSI, 1).in(fast))
        .disk(DiskSpec.gib(32).payloadMib(16).on(Controller.PVSCSI, 1).in(fast))
        .attribute("criticality", "high")
        .add();
    windows("ledger-sql-02", "db", "ledger-ad-01,ledger-sql-01")
        .cpus(8, 8)
        .memoryMib(65_536)
        .disk(DiskSpec.gib(32).payloadMib(32).in(fast))
        .disk(
            DiskSpec.gib(100)
                .on(Controller.PVSCSI, 1)
                .rawDevice("physicalMode")
                .layout(DiskLayout.BLANK)
                .in(bulk))
        .attribute("criticality", "high")
        .add();
    for (int i = 1; i <= 3; i++) {
      windows(named("ledger-app", i), "app", "ledger-sql-01,ledger-ad-01")
          .disk(DiskSpec.gib(32).payloadMib(24).in(fast))
          .add();
    }
    for (int i = 1; i <= 2; i++) {
      windows(named("ledger-web", i), "web", "ledger-app-01")
          .disk(DiskSpec.gib(24).payloadMib(16).in(bulk))
          .add();
    }
    linux("ledger-mq-01", "ledger", "queue", ledger, "")
        .disk(DiskSpec.gib(16).payloadMib(16).in(fast))
        .withSnapshot("before-patch-2025-11")
        .add();
    linux("ledger-batch-01", "ledger", "batch", ledger, "ledger-mq-01,ledger-sql-01")
        .disk(DiskSpec.gib(16).payloadMib(16).in(fast))
        .disk(DiskSpec.gib(20).payloadMib(8).independent().in(bulk))
        .add();
    for (int i = 1; i <= 2; i++) {
      linux(named("ledger-rpt", i), "ledger", "report", ledger, "ledger-sql-01")
          .os(GuestOs.RHEL_8)
          .disk(DiskSpec.gib(16).payloadMib(12).in(bulk))
          .add();
    }
    linux("ledger-hsm-01", "ledger", "security", ledger, "")
        .secureBoot()
        .tpm()
        .disk(DiskSpec.gib(8).payloadMib(8).in(fast))
        .add();
  }

  private VmSpec windows(String name, String tier, String dependsOn) {
    return b.vm(name)
        .os(GuestOs.WINDOWS_2022)
        .folder("ledger/" + tier)
        .secureBoot()
        .cpus(4, 4)
        .memoryMib(8192)
        .changeTracking()
        .nic(ledger, "VirtualVmxnet3", ip(ledger))
        .attribute("app", "ledger")
        .tag("Application", "ledger")
        .attribute("tier", tier)
        .attribute("dependsOn", dependsOn);
  }

  /** What nobody dares to touch: BIOS, IDE, LSI, e1000, guests without tools, a VM that is off. */
  private void fleet() {
    legacy("fleet-gate-01", "gateway", "fleet-db-01")
        .disk(DiskSpec.gib(6).payloadMib(12).on(Controller.IDE).in(bulk))
        .add();
    legacy("fleet-gate-02", "gateway", "fleet-db-01")
        .disk(DiskSpec.gib(6).payloadMib(12).on(Controller.IDE).in(bulk))
        .add();
    legacy("fleet-db-01", "db", "")
        .os(GuestOs.WINDOWS_2008)
        .disk(DiskSpec.gib(16).payloadMib(16).on(Controller.LSI_SAS).thick().in(bulk))
        .disk(DiskSpec.gib(16).payloadMib(12).on(Controller.LSI_SAS).in(bulk))
        .add();
    legacy("fleet-tacho-01", "collector", "fleet-db-01")
        .withoutTools()
        .disk(DiskSpec.gib(8).payloadMib(8).on(Controller.LSI).in(bulk))
        .add();
    for (int i = 1; i <= 3; i++) {
      legacy(named("fleet-gps", i), "collector", "fleet-gate-01")
          .disk(DiskSpec.gib(8).payloadMib(8).on(Controller.LSI).in(bulk))
          .add();
    }
    for (int i = 1; i <= 3; i++) {
      linux(named("fleet-api", i), "fleet", "api", old, "fleet-db-01")
          .os(GuestOs.UBUNTU)
          .disk(DiskSpec.gib(12).payloadMib(12).on(Controller.SATA).in(bulk))
          .add();
    }
    legacy("fleet-archive-01", "archive", "")
        .poweredOff()
        .disk(DiskSpec.gib(48).payloadMib(16).on(Controller.LSI).in(bulk))
        .add();
  }

  private VmSpec legacy(String name, String tier, String dependsOn) {
    return b.vm(name)
        .os(GuestOs.CENTOS_6)
        .bios()
        .folder("fleet/" + tier)
        .cpus(1, 1)
        .memoryMib(2048)
        .nic(old, "VirtualE1000", ip(old))
        .attribute("app", "fleet")
        .tag("Application", "fleet")
        .attribute("tier", tier)
        .attribute("dependsOn", dependsOn);
  }

  private void templates() {
    for (String name : List.of("tpl-rhel9-gold")) {
      b.vm(name)
          .folder("templates")
          .template()
          .disk(DiskSpec.gib(8).payloadMib(8).in(bulk))
          .nic(shop, "VirtualVmxnet3", "")
          .add();
    }
  }
}
