// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The service instance: where a client finds everything, in the words of a vCenter 8.0. */
final class ServiceContent implements Managed {
  static final String API = "8.0.3.0";
  private static final Moref REF = new Moref("ServiceInstance", "ServiceInstance");

  private final LabEstate estate;

  ServiceContent(LabEstate estate) {
    this.estate = estate;
  }

  void addTo(Methods methods) {
    methods.add(
        "ServiceInstance",
        "RetrieveServiceContent",
        "System.Anonymous",
        List.of(),
        call -> content());
    methods.add("ServiceInstance", "CurrentTime", null, List.of(), call -> Instant.now());
  }

  private static Moref ref(String type) {
    return new Moref(type, type);
  }

  private VimObject content() {
    return VimObject.of("ServiceContent")
        .with("rootFolder", estate.root().ref())
        .with("propertyCollector", new Moref("PropertyCollector", "propertyCollector"))
        .with("viewManager", ref("ViewManager"))
        .with("about", about())
        .with("setting", new Moref("OptionManager", "VpxSettings"))
        .with("userDirectory", ref("UserDirectory"))
        .with("sessionManager", ref("SessionManager"))
        .with("authorizationManager", ref("AuthorizationManager"))
        .with("serviceManager", new Moref("ServiceManager", "ServiceMgr"))
        .with("perfManager", new Moref("PerformanceManager", "PerfMgr"))
        .with("scheduledTaskManager", ref("ScheduledTaskManager"))
        .with("alarmManager", ref("AlarmManager"))
        .with("eventManager", ref("EventManager"))
        .with("taskManager", ref("TaskManager"))
        .with("extensionManager", ref("ExtensionManager"))
        .with("customizationSpecManager", ref("CustomizationSpecManager"))
        .with("guestCustomizationManager", ref("GuestCustomizationManager"))
        .with("customFieldsManager", ref("CustomFieldsManager"))
        .with("diagnosticManager", new Moref("DiagnosticManager", "DiagMgr"))
        .with("licenseManager", ref("LicenseManager"))
        .with("searchIndex", ref("SearchIndex"))
        .with("fileManager", ref("FileManager"))
        .with("datastoreNamespaceManager", ref("DatastoreNamespaceManager"))
        .with("virtualDiskManager", new Moref("VirtualDiskManager", "virtualDiskManager"))
        .with("storageResourceManager", ref("StorageResourceManager"))
        .with("dvSwitchManager", new Moref("DistributedVirtualSwitchManager", "DVSManager"))
        .with("hostProfileManager", ref("HostProfileManager"))
        .with("clusterProfileManager", ref("ClusterProfileManager"))
        .with("complianceManager", new Moref("ProfileComplianceManager", "MoComplianceManager"))
        .with("localizationManager", ref("LocalizationManager"))
        .with("ovfManager", ref("OvfManager"))
        .with("ipPoolManager", ref("IpPoolManager"))
        .with(
            "guestOperationsManager", new Moref("GuestOperationsManager", "guestOperationsManager"))
        .with("overheadMemoryManager", ref("OverheadMemoryManager"))
        .with("certificateManager", new Moref("CertificateManager", "certificateManager"))
        .with("ioFilterManager", ref("IoFilterManager"))
        .with(
            "vStorageObjectManager",
            new Moref("VcenterVStorageObjectManager", "VStorageObjectManager"))
        .with("hostSpecManager", new Moref("HostSpecificationManager", "HostSpecificationManager"))
        .with("cryptoManager", new Moref("CryptoManagerKmip", "CryptoManager"))
        .with("healthUpdateManager", ref("HealthUpdateManager"))
        .with("failoverClusterConfigurator", ref("FailoverClusterConfigurator"))
        .with("failoverClusterManager", ref("FailoverClusterManager"))
        .with("tenantManager", new Moref("TenantTenantManager", "TenantManager"))
        .with("siteInfoManager", ref("SiteInfoManager"))
        .with("storageQueryManager", ref("StorageQueryManager"));
  }

  private VimObject about() {
    return VimObject.of("AboutInfo")
        .with("name", "VMware vCenter Server")
        .with("fullName", "VMware vCenter Server 8.0.3 build-24022515")
        .with("vendor", "VMware, Inc.")
        .with("version", "8.0.3")
        .with("patchLevel", "00000")
        .with("build", "24022515")
        .with("localeVersion", "INTL")
        .with("localeBuild", "000")
        .with("osType", "linux-x64")
        .with("productLineId", "vpx")
        .with("apiType", "VirtualCenter")
        .with("apiVersion", API)
        .with("instanceUuid", estate.instanceUuid().toString())
        .with("licenseProductName", "VMware VirtualCenter Server")
        .with("licenseProductVersion", "8.0");
  }

  @Override
  public Moref ref() {
    return REF;
  }

  @Override
  public long version() {
    return 0;
  }

  @Override
  public List<String> propertyNames() {
    return List.of("content", "serverClock", "capability");
  }

  @Override
  public @Nullable Object property(String name) {
    return switch (name) {
      case "content" -> content();
      case "serverClock" -> Instant.now();
      case "capability" ->
          VimObject.of("Capability")
              .with("provisioningSupported", true)
              .with("multiHostSupported", true)
              .with("userShellAccessSupported", true);
      default -> null;
    };
  }
}
